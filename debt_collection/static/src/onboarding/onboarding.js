import {Component, onWillStart, useState} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {DebtCollectionHome} from "../home/home";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const ONBOARDING = "debt.collection.onboarding";

/** The first ten minutes: each step as it stands, and the button that starts it all. */
export class DebtCollectionOnboarding extends Component {
    static template = "debt_collection.Onboarding";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.state = useState({screen: {steps: []}});
        onWillStart(() => this.load());
    }

    async call(method, args = []) {
        this.state.screen = await this.orm.call(ONBOARDING, method, args);
    }

    load() {
        return this.call("get_screen");
    }

    get share() {
        const {done, steps} = this.state.screen;
        return steps.length ? Math.round((100 * done) / steps.length) : 0;
    }

    async open(step) {
        const action = await this.orm.call(ONBOARDING, "open_step", [step.key]);
        return this.action.doAction(action, {onClose: () => this.load()});
    }

    leave(step) {
        return this.call("leave_step", [step.key, step.state === "todo"]);
    }

    confirm(method, title, body, label) {
        this.dialog.add(ConfirmationDialog, {
            title,
            body,
            confirmLabel: label,
            confirm: () => this.call(method),
            cancel: () => {
                // Nothing starts
            },
        });
    }

    start() {
        const why = Object.fromEntries(
            this.state.screen.steps.map((step) => [step.key, step.why])
        );
        this.confirm(
            "start",
            _t("Start collecting?"),
            [
                why.ladder,
                why.preview,
                _t("The next daily run makes the letters of that day."),
            ].join(" "),
            _t("Start collecting")
        );
    }

    pause() {
        return this.call("pause", [!this.state.screen.paused]);
    }

    skip() {
        this.confirm(
            "skip",
            _t("Start without these steps?"),
            _t(
                "The next daily run writes to every debtor whose letter is due, as the active ladders say."
            ),
            _t("Skip and start")
        );
    }
}

registry
    .category("actions")
    .add("debt_collection.onboarding", DebtCollectionOnboarding);

/** On the desk of a Manager, until the first steps are over. */
export class DebtCollectionFirstSteps extends Component {
    static template = "debt_collection.FirstSteps";
    static props = {};

    setup() {
        const orm = useService("orm");
        this.action = useService("action");
        this.state = useState({banner: null});
        onWillStart(async () => {
            this.state.banner = await orm.call(ONBOARDING, "get_banner", []);
        });
    }

    open() {
        return this.action.doAction(
            "debt_collection.debt_collection_onboarding_action"
        );
    }
}

DebtCollectionHome.components = {
    ...DebtCollectionHome.components,
    DebtCollectionFirstSteps,
};
