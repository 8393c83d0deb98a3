import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const DESK = "debt.collection.desk";

/** The collector's lists with what waits in each, and the state of the daily run. */
export class DebtCollectionHome extends Component {
    static template = "debt_collection.Home";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({whose: "mine", home: {lists: [], status: []}});
        this.whose = [
            {key: "mine", name: _t("My portfolio")},
            {key: "team", name: _t("My team")},
            {key: "all", name: _t("Everybody")},
        ];
        onWillStart(() => this.load());
    }

    async load() {
        this.state.home = await this.orm.call(DESK, "get_home", [this.state.whose]);
    }

    async choose(whose) {
        this.state.whose = whose;
        await this.load();
    }

    async open(list) {
        const action = await this.orm.call(DESK, "open_worklist", [
            list.key,
            this.state.whose,
        ]);
        return this.action.doAction(action);
    }
}

registry.category("actions").add("debt_collection.home", DebtCollectionHome);
