"""A plug-in of cutaway: a check, a comparison and a study. Nothing is imported here, so that a name costs nothing."""
