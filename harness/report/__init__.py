"""What a run writes: tables for people, files for programs."""
