"""What Telegram shows about the bot: the commands in its menu."""

from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats

from bot.domain.languages import GERMAN, LANGUAGES
from bot.ports import Responses

GERMAN_NAMES = ("start", "hilfe", "mensch", "datenschutz")
NAMES = ("start", "help", "human", "privacy")


async def publish_commands(bot: Bot, responses: Responses) -> None:
    """Set the menu for each language and, as the default, in German; raises TelegramError."""
    scope = BotCommandScopeAllPrivateChats()
    for language, code in ((GERMAN, None), *zip(LANGUAGES, LANGUAGES, strict=True)):
        await bot.set_my_commands(_commands(language, responses), scope=scope, language_code=code)


def _commands(language: str, responses: Responses) -> list[BotCommand]:
    names = zip(GERMAN_NAMES if language == GERMAN else NAMES, NAMES, strict=True)
    return [BotCommand(name, responses.reply(f"utter_command_{key}", language).text) for name, key in names]
