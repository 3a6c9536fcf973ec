"""The planning board in a real browser: a bar is dragged, the form says where to."""

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.cast import OFFICE
from tests.plan.story import with_a_spare
from tests.plan.test_change_pages import clock
from tests.plan.test_pages import as_

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.usefixtures("its_day")]

BARS = """
    return [...document.querySelectorAll("[data-drag] svg .mark-rect path")]
        .filter(bar => [bar.__data__].flat()[0]?.datum?.key === arguments[0])
"""


def board(window, served):
    """Open the planning board as the office, drawn."""
    window.get(f"{served}/sign-in/")
    cookie = as_(OFFICE).cookies["sessionid"].value
    window.add_cookie({"name": "sessionid", "value": cookie})
    window.get(f"{served}/plan/board/")
    figure = window.find_element(By.CSS_SELECTOR, "[data-chart]")
    WebDriverWait(window, 20).until(lambda _: figure.get_attribute("data-drawn") == "done")


def drag(window, job_order, right, down):
    (bar,) = window.execute_script(BARS, str(job_order.id))
    hand = ActionChains(window).move_to_element(bar).click_and_hold()
    hand.move_by_offset(right, down).release().perform()


def form(window):
    """Give what the form says: job order, machine, start."""
    names = ("job_order", "machine", "starts")
    return tuple(
        window.find_element(By.CSS_SELECTOR, f"#move [name={name}]").get_property("value")
        for name in names
    )


def test_a_bar_dropped_a_row_lower_means_the_machine_there_though_it_has_no_work(
    story, window, served
):
    pressed, _ = story.job_orders(story.ordered())
    spare = with_a_spare(pressed)
    board(window, served)

    drag(window, pressed, 0, 30)

    assert (str(pressed.id), str(spare.id), clock(pressed.starts)) == form(window)
    assert "ZZ-1" in window.find_element(By.CSS_SELECTOR, "[data-drag-told]").text
    assert [] == window.get_log("browser")


def test_a_bar_dragged_along_its_row_begins_later_on_the_same_machine(story, window, served):
    pressed, _ = story.job_orders(story.ordered())
    board(window, served)

    drag(window, pressed, 80, 3)

    chosen, machine, starts = form(window)
    assert (str(pressed.id), str(pressed.equipment)) == (chosen, machine)
    assert starts > clock(pressed.starts)
