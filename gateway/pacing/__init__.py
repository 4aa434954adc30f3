"""Time and turns: how long work may take, and who comes next where there is not room for all."""
