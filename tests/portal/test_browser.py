"""What only a real browser can show: charts under the policy, the keyboard, phones, paper."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def drawn(window):
    figure = window.find_element(By.CSS_SELECTOR, "[data-chart]")
    WebDriverWait(window, 20).until(lambda _: figure.get_attribute("data-drawn") == "done")
    return figure.find_element(By.CSS_SELECTOR, ".drawing svg")


def complaints(window):
    return [line["message"] for line in window.get_log("browser")]


def as_phone(window, width=360):
    window.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 740, "deviceScaleFactor": 2, "mobile": True},
    )


def test_somebody_comes_in_with_the_keyboard_alone(window, portal, passwords):
    window.get(f"{portal}/sign-in/")
    who = window.switch_to.active_element
    who.send_keys("office@1.example", Keys.TAB, passwords.of["office@1.example"], Keys.ENTER)

    WebDriverWait(window, 20).until(lambda _: window.current_url == f"{portal}/")

    who = window.find_element(By.CLASS_NAME, "who").get_property("textContent")
    assert "구로 두레 협동조합 · 사무국" == who
    assert [] == complaints(window)


def test_a_chart_is_drawn_with_hangul_under_the_strict_policy(window, portal):
    window.get(f"{portal}/sample/")

    texts = [node.text for node in drawn(window).find_elements(By.TAG_NAME, "text")]

    assert "두께 (mm)" in texts
    assert [] == complaints(window)


def test_the_same_drawing_takes_the_colours_of_the_night(window, portal):
    window.get(f"{portal}/sample/")
    line = drawn(window).find_element(By.CSS_SELECTOR, ".mark-line path")
    by_day = line.value_of_css_property("stroke")

    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": dark})

    assert "rgb(47, 107, 79)" == by_day
    assert "rgb(134, 201, 166)" == line.value_of_css_property("stroke")


def test_a_chart_has_its_table_one_tap_away(window, portal):
    window.get(f"{portal}/sample/")

    window.find_element(By.CSS_SELECTOR, ".chart summary").click()

    table = window.find_element(By.CSS_SELECTOR, ".chart table")
    assert table.is_displayed()
    assert "두께 (mm)" in table.text


def test_the_focus_is_seen_wherever_it_goes(window, portal):
    window.get(f"{portal}/sample/")
    body = window.find_element(By.TAG_NAME, "body")
    outlines = []
    for _ in range(6):
        body.send_keys(Keys.TAB)
        focused = window.switch_to.active_element
        outlines.append(focused.value_of_css_property("outline-style"))

    assert ["solid"] * 6 == outlines


def test_the_first_tab_leads_past_the_navigation(window, portal):
    window.get(f"{portal}/sample/")

    window.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB, Keys.ENTER)

    assert window.current_url.endswith("#content")
    assert "content" == window.switch_to.active_element.get_attribute("id")


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("path", ["/sample/", "/sign-in/", "/nowhere/"])
def test_a_phone_never_scrolls_sideways_and_buttons_fit_a_thumb(window, portal, path, language):
    as_phone(window)
    window.get(f"{portal}/sign-in/")
    window.add_cookie({"name": "dure_language", "value": language})

    window.get(portal + path)

    assert window.find_elements(By.CSS_SELECTOR, "main .sentence")
    assert 360 == window.execute_script("return document.documentElement.scrollWidth")
    taps = window.find_elements(By.CSS_SELECTOR, "main button, main .button, .loop a")
    low = [tap.text for tap in taps if tap.is_displayed() and tap.size["height"] < 44]
    assert [] == low


def test_an_answer_takes_two_taps_without_scripts_of_our_own(window, portal):
    as_phone(window)
    window.get(f"{portal}/sample/")
    sure = window.find_element(By.CSS_SELECTOR, ".two-taps button")
    assert not sure.is_displayed()

    window.find_element(By.CSS_SELECTOR, ".two-taps summary").click()

    assert sure.is_displayed()


def test_paper_is_black_on_white_with_a_code_that_leads_back(window, portal):
    window.get(f"{portal}/sample/")

    window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})

    foot = window.find_element(By.CLASS_NAME, "print-foot")
    assert foot.is_displayed()
    assert f"{portal}/sample/" in foot.text
    assert not window.find_element(By.CLASS_NAME, "top").is_displayed()
    ground = window.find_element(By.TAG_NAME, "html").value_of_css_property("background-color")
    assert "rgba(255, 255, 255, 1)" == ground
