"""Compile the asset bundles that the screens and the tours use (run in odoo shell)."""

BUNDLES = (
    "web.assets_web",
    "web.assets_web_print",
    "web.assets_frontend",
    "web.assets_frontend_minimal",
    "web.assets_frontend_lazy",
    "web.assets_tests",
    "web.report_assets_common",
    "web.report_assets_pdf",
)
for name in BUNDLES:
    bundle = env["ir.qweb"]._get_asset_bundle(name)  # noqa: F821
    if bundle.javascripts:
        bundle.js()
    if bundle.stylesheets:
        bundle.css()
env.cr.commit()  # noqa: F821 pylint: disable=invalid-commit
