"""Codes that lead from paper back to a page."""

from dure.portal.templatetags.dure import qr

ADDRESS = "http://127.0.0.1:8000/making/machines/0192f0c1-2345-7abc-8def-0123456789ab/"


def test_a_code_says_the_same_with_any_mask_and_the_best_is_one_of_them():
    best = qr(ADDRESS)

    codes = [qr(ADDRESS, mask=mask) for mask in range(8)]

    assert 8 == len(set(codes))
    assert best in codes
    assert qr(ADDRESS + "x") not in codes
