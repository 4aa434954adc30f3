"""The tills of all shops: timed stock, receipts; sells all day and takes store tasks."""
