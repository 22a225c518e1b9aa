"""Products over JSON: register, read, approve, reject."""

from __future__ import annotations

from http import HTTPStatus

from traceapp.api.routing import Call, Routes
from traceapp.services.authority import Act
from traceapp.services.paging import Page, PageWish
from traceapp.services.registry.deciding import Rejection, decide_product
from traceapp.services.registry.registering import (
    NewProduct,
    ProductTold,
    list_products,
    register_product,
    show_product,
)

routes = Routes()


@routes.post("/products", Act.PRODUCT_CREATE)
def create(call: Call, body: NewProduct) -> ProductTold:
    """Register a product; a producer's waits for an officer."""
    return register_product(call.session, call.actor, body, call.edge.kinds, call.now)


@routes.get("/products", Act.PRODUCT_READ)
def index(call: Call, query: PageWish) -> Page[ProductTold]:
    """The products that you may see, oldest first."""
    return list_products(call.session, call.actor, query)


@routes.get("/products/<id:product_id>", Act.PRODUCT_READ)
def show(call: Call, product_id: int) -> ProductTold:
    """One product."""
    return show_product(call.session, call.actor, product_id)


@routes.post("/products/<id:product_id>/approval", Act.PRODUCT_DECIDE, HTTPStatus.OK)
def approve(call: Call, product_id: int) -> ProductTold:
    """Approve a product."""
    return decide_product(call.session, call.actor, product_id, None, call.now)


@routes.post("/products/<id:product_id>/rejection", Act.PRODUCT_DECIDE, HTTPStatus.OK)
def reject(call: Call, product_id: int, body: Rejection) -> ProductTold:
    """Reject a product, with a reason that helps."""
    return decide_product(call.session, call.actor, product_id, body, call.now)
