"""Draw docs/images anew from a running demo: `make run` in one terminal, this in another.

Needs the development requirements, Chromium and, to keep the files small, ImageMagick's `convert`.
Reads the address and the password where every command finds them: PORTAL_DATA/run.env (default ./var).
"""

import os
import shutil
import subprocess
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
LIMIT_BYTES = 150_000
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def settings() -> dict[str, str]:
    """What `make run` wrote down while it runs."""
    lines = (Path(os.environ.get("PORTAL_DATA", ROOT / "var")) / "run.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def signed_in(browser: Browser, env: dict[str, str], window: dict[str, int], theme: str) -> Page:
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{env['PORTAL_PORT']}",
        viewport={"width": window["width"], "height": window["height"]},
        color_scheme="dark" if theme == "dark" else "light",
        device_scale_factor=1,
        locale="en",
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill(env["PORTAL_DEMO_PASSWORD"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()
    page.locator("#toasts").get_by_role("button").click()
    return page


def keep(page: Page, name: str) -> None:
    target = IMAGES / f"{name}.png"
    page.screenshot(path=target)
    if shutil.which("convert"):
        palette = ("-strip", "+dither", "-colors", "192", "-define", "png:compression-level=9")
        subprocess.run(["convert", str(target), *palette, f"PNG8:{target}"], check=True)
    if target.stat().st_size > LIMIT_BYTES:
        raise SystemExit(f"{target} has {target.stat().st_size:,} bytes, more than {LIMIT_BYTES:,}")


def draw(browser: Browser, env: dict[str, str]) -> None:
    page = signed_in(browser, env, DESK, "light")
    keep(page, "overview")
    page.locator(".change-sim").first.click()
    page.get_by_label("Add a tag").fill("watch")
    page.get_by_role("button", name="Add the tag").click()
    page.get_by_role("link", name="watch", exact=True).wait_for()
    keep(page, "timeline")
    page.goto("/sims/?usage=near&sort=-data")
    page.locator("tbody th a").nth(2).click()
    page.get_by_role("button", name="Refresh now").click()
    page.locator("#toasts").get_by_text("Read from SmartHub").wait_for()
    page.locator("#toasts").get_by_role("button").click()
    page.locator(".note-button").click()
    page.get_by_role("textbox", name="Label").fill("Pump station 7")
    page.get_by_role("button", name="Save the label").click()
    page.locator(".note-button").get_by_text("Pump station 7").wait_for()
    keep(page, "sim")
    page = signed_in(browser, env, DESK, "dark")
    page.goto("/sims/?sort=-data")
    keep(page, "sims-dark")
    page = signed_in(browser, env, PHONE, "light")
    page.goto("/sims/?status=ACTIVATED&sort=-data")
    keep(page, "phone")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        draw(browser, settings())
        browser.close()


if __name__ == "__main__":
    main()
