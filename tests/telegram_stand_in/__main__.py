"""`python -m tests.telegram_stand_in --port 8081`: a Telegram on this machine, to try the bot without an account."""

import argparse

from tests.telegram_stand_in.serving import build_server
from tests.telegram_stand_in.state import TOKEN, StandIn


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--strict-pace", action="store_true", help="refuse messages that come too fast, as Telegram does")
    options = parser.parse_args()
    address = f"http://127.0.0.1:{options.port}"
    print(f"Citizens write on {address}/")
    print(f"Start the bot with BOT_TELEGRAM_BASE_URL={address} BOT_TELEGRAM_TOKEN={options.token}")
    stand_in = StandIn(options.token, strict_pace=options.strict_pace)
    build_server(stand_in, options.port).run()


if __name__ == "__main__":
    main()
