"""Real processes on a real database that are killed between and inside the steps of what they do."""
