import {Component, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {useService} from "@web/core/utils/hooks";

/**
 * How the customer of a form pays, above its sheet. It needs no field of its own: the
 * form is the customer's, or has one in `partner_id`.
 */
export class DebtCollectionBehaviour extends Component {
    static template = "debt_collection.Behaviour";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({banner: null});
        this.partnerId = null;
        useRecordObserver(async (record) => {
            const isCustomer = record.resModel === "res.partner";
            const partnerId = isCustomer ? record.resId : record.data.partner_id?.id;
            if (partnerId === this.partnerId) {
                return;
            }
            this.partnerId = partnerId;
            const banner = partnerId
                ? await this.orm.call("debt.collection.banner", "get_banner", [
                      partnerId,
                      isCustomer,
                  ])
                : null;
            if (partnerId === this.partnerId) {
                this.state.banner = banner;
            }
        });
    }
}

registry.category("view_widgets").add("debt_collection_behaviour", {
    component: DebtCollectionBehaviour,
});
