"""A query's names resolved: plan, time span and grid."""
