from hypothesis import settings

# Examples take milliseconds; a busy machine must not fail them.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
