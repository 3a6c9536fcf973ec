import pytest
from django.db import connection

from dure.kernel.errors import Unauthenticated
from dure.stack.rowsecurity import tenancy_of, tenant_models
from dure.stack.tenancy import acting, current_actor
from tests.cast import BUSAN_OWNER, GIMHAE_OWNER, WORKER

pytestmark = pytest.mark.django_db


def who():
    with connection.cursor() as cursor:
        cursor.execute("select dure_firm()::text, dure_role()")
        return cursor.fetchone()


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model.__name__)
def test_every_model_says_who_may_see_its_rows(model):
    assert tenancy_of(model)


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model.__name__)
def test_every_table_is_guarded_even_from_its_owner(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "select relrowsecurity, relforcerowsecurity from pg_class where oid = %s::regclass",
            [f'"{model._meta.db_table}"'],
        )
        assert (True, True) == cursor.fetchone()


def test_the_outer_actor_comes_back():
    with acting(BUSAN_OWNER):
        with acting(GIMHAE_OWNER):
            assert (str(GIMHAE_OWNER.firm), "owner") == who()

        assert (str(BUSAN_OWNER.firm), "owner") == who()
        assert BUSAN_OWNER == current_actor()


def test_after_the_last_actor_nobody_acts():
    with acting(BUSAN_OWNER):
        pass

    assert (None, "") == who()
    with pytest.raises(Unauthenticated):
        current_actor()


def test_the_worker_may_act_as_the_cooperative():
    with acting(WORKER):
        assert "system" == who()[1]


def test_the_web_role_cannot_call_itself_the_cooperative(postgres):
    import psycopg

    with psycopg.connect(postgres.url("dure_web")) as web:
        role = web.execute(
            "select set_config('dure.role', 'system', true), dure_role()"
        ).fetchone()[1]

    assert "" == role
