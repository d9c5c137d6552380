class Refused(Exception):
    """Nothing was done. The message is for people, and says what to do."""
