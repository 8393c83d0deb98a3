import {
    Component,
    markup,
    onWillStart,
    onWillUnmount,
    useRef,
    useState,
} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const ACTION = "debt.collection.action";
const DESK = "debt.collection.desk";

/**
 * Works a pile one by one: the debtor, what the letter lists, its words, and the
 * keys to send, skip or go on. The server decides what a card shows and allows.
 */
export class DebtCollectionDesk extends Component {
    static template = "debt_collection.Desk";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.letter = useRef("letter");
        this.mail = useRef("mail");
        this.state = useState({
            ids: [],
            index: 0,
            card: null,
            done: {},
            editing: false,
            subject: "",
            busy: false,
            company: {},
        });
        this.addKeys();
        onWillStart(() => this.loadPile());
        onWillUnmount(() => this.keepText());
    }

    addKeys() {
        const keys = {
            s: () => this.send(),
            k: () => this.skip(),
            n: () => this.move(1),
            arrowright: () => this.move(1),
            b: () => this.move(-1),
            arrowleft: () => this.move(-1),
            e: () => this.edit(),
            l: () => this.showLetter(),
            o: () => this.openCase(),
            r: () => this.recordOutcome(),
        };
        for (const [key, callback] of Object.entries(keys)) {
            useHotkey(key, callback);
        }
        useHotkey("escape", () => this.finishEditing(), {
            bypassEditableProtection: true,
            isAvailable: () => this.state.editing,
        });
    }

    // Loading

    async loadPile() {
        const wanted = this.props.action.context.desk_action_ids || [];
        const pile = await this.orm.call(DESK, "get_pile", [wanted]);
        this.state.ids = pile.ids;
        this.state.company = pile.company;
        await this.loadCard();
    }

    /** The place in the pile changes with the card: keys are for what is seen. */
    async loadCard(index = this.state.index) {
        const id = this.state.ids[index];
        const card = id ? await this.orm.call(DESK, "get_card", [id]) : null;
        this.state.index = index;
        this.state.editing = false;
        this.show(card);
    }

    /** The server cleaned the pieces that are shown as they are. */
    show(card) {
        if (card) {
            card.script = card.script && markup(card.script);
            card.draft.letter = card.draft.letter && markup(card.draft.letter);
            card.draft.mail = card.draft.mail && markup(card.draft.mail);
        }
        this.state.card = card;
        this.state.subject = card ? card.draft.subject : "";
    }

    // What the screen shows

    get position() {
        return _t("%(index)s of %(total)s", {
            index: this.state.index + 1,
            total: this.state.ids.length,
        });
    }

    get progress() {
        return Math.round(
            (Object.keys(this.state.done).length * 100) / this.state.ids.length
        );
    }

    get isFirst() {
        return this.state.index === 0;
    }

    get isLast() {
        return this.state.index + 1 >= this.state.ids.length;
    }

    // Doing

    /** One thing at a time: keys repeat, and fingers tap twice. */
    async once(work) {
        if (this.state.busy || !this.state.card) {
            return;
        }
        this.state.busy = true;
        try {
            await work();
        } finally {
            this.state.busy = false;
        }
    }

    send() {
        return this.once(async () => {
            if (this.state.card.state !== "planned" || !(await this.keepText())) {
                return;
            }
            const id = this.state.card.id;
            await this.orm.call(ACTION, "action_release", [[id]]);
            this.state.done[id] = "sent";
            this.offerUndo(id);
            await this.goOn();
        });
    }

    skip() {
        return this.once(async () => {
            if (this.state.card.state !== "planned") {
                return;
            }
            const id = this.state.card.id;
            await this.orm.call(ACTION, "action_skip", [[id]]);
            this.state.done[id] = "skipped";
            await this.goOn();
        });
    }

    offerUndo(id) {
        const close = this.notification.add(
            _t("Released: %s", this.state.card.debtor),
            {
                type: "success",
                buttons: [
                    {
                        name: _t("Take back"),
                        onClick: async () => {
                            close();
                            await this.orm.call(ACTION, "action_take_back", [[id]]);
                            delete this.state.done[id];
                            await this.loadCard(this.state.ids.indexOf(id));
                        },
                    },
                ],
            }
        );
    }

    async goOn() {
        await this.loadCard(this.state.index + (this.isLast ? 0 : 1));
    }

    move(step) {
        return this.once(async () => {
            const index = this.state.index + step;
            if (
                index < 0 ||
                index >= this.state.ids.length ||
                !(await this.keepText())
            ) {
                return;
            }
            await this.loadCard(index);
        });
    }

    leaveOut(line) {
        return this.once(async () => {
            await this.keepText();
            await this.orm.call("debt.collection.action.line", "action_leave_out", [
                [line.id],
            ]);
            await this.loadCard();
        });
    }

    // The words

    edit() {
        if (this.state.card && this.state.card.can_edit) {
            this.state.editing = true;
        }
    }

    async finishEditing() {
        if (await this.keepText()) {
            this.state.editing = false;
        }
    }

    /** Sends what was typed to the server, which checks it; false when it refuses. */
    async keepText() {
        if (!this.state.editing || !this.letter.el) {
            return true;
        }
        const words = {
            letter: this.letter.el.innerHTML,
            subject: this.state.subject,
            mail: this.mail.el ? this.mail.el.innerHTML : false,
        };
        const card = await this.orm.call(DESK, "save_draft", [
            this.state.card.id,
            words,
        ]);
        if (card.refusal) {
            this.notification.add(card.refusal, {type: "danger", sticky: true});
            return false;
        }
        this.state.editing = false;
        this.show(card);
        return true;
    }

    restore() {
        return this.once(async () => {
            const id = this.state.card.id;
            this.state.editing = false;
            this.show(await this.orm.call(DESK, "restore_draft", [id]));
        });
    }

    /** Pasted text comes without the colours and fonts of elsewhere. */
    pastePlain(ev) {
        ev.preventDefault();
        const text = ev.clipboardData.getData("text/plain");
        const range = window.getSelection().getRangeAt(0);
        range.deleteContents();
        range.insertNode(document.createTextNode(text));
        range.collapse(false);
    }

    // Elsewhere

    showLetter() {
        return this.once(async () => {
            if (await this.keepText()) {
                const id = this.state.card.id;
                const action = await this.orm.call(ACTION, "action_view_letter", [
                    [id],
                ]);
                await this.action.doAction(action);
            }
        });
    }

    openCase() {
        return this.once(async () => {
            const {case_id: caseId, account_id: accountId} = this.state.card;
            await this.action.doAction({
                type: "ir.actions.act_window",
                res_model: caseId ? "debt.collection.case" : "debt.collection.account",
                res_id: caseId || accountId,
                views: [[false, "form"]],
            });
        });
    }

    recordOutcome() {
        return this.once(async () => {
            const [meeting] = this.state.card.meetings;
            if (!meeting) {
                return;
            }
            const action = await this.orm.call(
                "debt.collection.delivery",
                "action_record_outcome",
                [[meeting.id]]
            );
            await this.action.doAction(action, {onClose: () => this.loadCard()});
        });
    }

    openList() {
        return this.action.doAction(
            "debt_collection.debt_collection_action_action_review"
        );
    }
}

registry.category("actions").add("debt_collection.desk", DebtCollectionDesk);
