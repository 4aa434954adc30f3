"""How foreign rows become ours: JMESPath expressions with functions of our own, and checks row by row."""
