"""How citizens reach the bot: Telegram and the chat widget."""
