"""An order's life as pure functions: built from claims, routed into work, worked on, canceled, told by news."""
