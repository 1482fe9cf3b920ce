"""What Telegram shows about the bot: the commands in its menu."""

from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats

from bot.ports import Responses

MENU = {
    "de": ("start", "hilfe", "mensch", "datenschutz"),
    "en": ("start", "help", "human", "privacy"),
}


async def publish_commands(bot: Bot, responses: Responses) -> None:
    """Set the menu for English and, as the default, German; raises TelegramError."""
    scope = BotCommandScopeAllPrivateChats()
    for language, code in (("de", None), ("de", "de"), ("en", "en")):
        await bot.set_my_commands(_commands(language, responses), scope=scope, language_code=code)


def _commands(language: str, responses: Responses) -> list[BotCommand]:
    names = zip(MENU[language], MENU["en"], strict=True)
    return [BotCommand(name, responses.reply(f"utter_command_{key}", language).text) for name, key in names]
