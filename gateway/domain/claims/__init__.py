"""The reservation protocol as sans-IO steps: generators that yield one conditional write each."""
