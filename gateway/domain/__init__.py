"""Pure, synchronous rules of unified commerce; `now` is always an argument."""
