"""The panels that show stored analyses: each turns one analysis into words and shapes, and works nothing out."""
