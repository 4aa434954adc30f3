"""Parts of the hand-over campaign: its network, buyers, storms, relays that die, and the truth of the systems."""
