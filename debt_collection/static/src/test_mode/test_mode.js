import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {session} from "@web/session";
import {user} from "@web/core/user";

/** A badge on every screen while a company's letters do not reach its debtors. */
export class DebtCollectionTestMode extends Component {
    static template = "debt_collection.TestMode";
    static props = {};

    get sentence() {
        return (session.debt_collection_test_mode || {})[user.activeCompany.id];
    }
}

registry.category("systray").add(
    "debt_collection.TestMode",
    {
        Component: DebtCollectionTestMode,
        isDisplayed: () => Boolean(session.debt_collection_test_mode),
    },
    {sequence: 90}
);
