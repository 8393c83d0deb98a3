import {Component, onWillStart, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useBus, useService} from "@web/core/utils/hooks";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {ListController} from "@web/views/list/list_controller";
import {listView} from "@web/views/list/list_view";

const DESK = "debt.collection.desk";

/** The lists beside the work list with their counts: of the debtors it shows. */
export class DebtCollectionSide extends Component {
    static template = "debt_collection.Side";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({lists: [], weights: []});
        // the work list does not wait for the counts
        onWillStart(() => void this.load());
        useBus(this.env.searchModel, "update", () => this.load());
    }

    /** Whose debtors the search shows: my team's, else mine, else everybody's. */
    get whose() {
        const wanted = ["team", "mine"];
        const active = this.env.searchModel
            .getSearchItems((item) => item.type === "filter" && item.isActive)
            .map((item) => item.name);
        return wanted.find((name) => active.includes(name)) || "all";
    }

    async load() {
        const whose = this.whose;
        const side = await this.orm.call(DESK, "get_side", [whose]);
        // a slow answer to an earlier search is nobody's
        if (whose === this.whose) {
            Object.assign(this.state, side);
        }
    }

    async open(list) {
        const action = await this.orm.call(DESK, "open_worklist", [
            list.key,
            this.whose,
        ]);
        return this.action.doAction(action);
    }
}

export class DebtCollectionTodayListController extends ListController {
    static template = "debt_collection.TodayListView";
    static components = {...ListController.components, DebtCollectionSide};
}

export class DebtCollectionTodayKanbanController extends KanbanController {
    static template = "debt_collection.TodayKanbanView";
    static components = {...KanbanController.components, DebtCollectionSide};
}

registry.category("views").add("debt_collection_today_list", {
    ...listView,
    Controller: DebtCollectionTodayListController,
});
registry.category("views").add("debt_collection_today_kanban", {
    ...kanbanView,
    Controller: DebtCollectionTodayKanbanController,
});
