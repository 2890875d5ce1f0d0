"""Plans run: read, downsample, rate, fill, aggregate."""
