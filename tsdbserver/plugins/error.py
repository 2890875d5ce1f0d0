"""Why a plug-in cannot be used."""


class PluginError(Exception):
    """A plug-in that cannot be used: one sentence with its file, its line and the reason."""
