"""From upstream rows to items: cleaning, drawing, grouping, splitting, writing."""
