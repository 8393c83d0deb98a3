import {
    Component,
    onWillStart,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {cookie} from "@web/core/browser/cookie";
import {getColor, getCustomColor} from "@web/core/colors/colors";
import {formatCurrency} from "@web/core/currency";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const COCKPIT = "debt.collection.cockpit";

/** One chart; redrawn when its data change. */
export class DebtCollectionChart extends Component {
    static template = "debt_collection.Chart";
    static props = {
        type: {type: String, optional: true},
        labels: Array,
        datasets: Array,
        stacked: {type: Boolean, optional: true},
        currencyId: Number,
        onClick: {type: Function, optional: true},
    };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.props.labels, this.props.datasets]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    draw() {
        this.chart?.destroy();
        this.chart = new window.Chart(this.canvas.el, this.getConfig());
    }

    getConfig() {
        const scheme = cookie.get("color_scheme");
        const text = getCustomColor(scheme, "#374151", "#d1d5db");
        const grid = getCustomColor(scheme, "rgba(0,0,0,.1)", "rgba(255,255,255,.1)");
        const axis = {stacked: this.props.stacked, ticks: {color: text}};
        return {
            type: this.props.type || "bar",
            data: {
                labels: this.props.labels,
                datasets: this.props.datasets.map((dataset, index) => ({
                    backgroundColor: getColor(index, scheme, "odoo"),
                    borderColor: getColor(index, scheme, "odoo"),
                    ...dataset,
                })),
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                interaction: {mode: "index", intersect: false},
                scales: {
                    x: {...axis, grid: {display: false}},
                    y: {
                        ...axis,
                        grid: {color: grid},
                        ticks: {color: text, callback: (value) => this.short(value)},
                    },
                },
                plugins: {
                    legend: {position: "bottom", labels: {color: text, boxWidth: 12}},
                    tooltip: {callbacks: {label: (item) => this.word(item)}},
                },
                onClick: (_event, items) =>
                    items.length && this.props.onClick?.(items[0].index),
            },
        };
    }

    short(value) {
        return formatCurrency(value, this.props.currencyId, {humanReadable: true});
    }

    word(item) {
        const amount = formatCurrency(item.parsed.y, this.props.currencyId);
        return `${item.dataset.label}: ${amount}`;
    }
}

/** How well the collection works; every figure opens the records behind it. */
export class DebtCollectionDashboard extends Component {
    static template = "debt_collection.Dashboard";
    static components = {Layout, DebtCollectionChart};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({filters: {days: 90}, board: null});
        onWillStart(() => this.load());
    }

    async load() {
        this.state.board = await this.orm.call(COCKPIT, "get_dashboard", [
            {...this.state.filters},
        ]);
    }

    async setFilter(name, value) {
        this.state.filters[name] = Number(value) || 0;
        await this.load();
    }

    async open(key, part) {
        const action = await this.orm.call(COCKPIT, "open_figure", [
            key,
            {...this.state.filters},
            part || [],
        ]);
        return action && this.action.doAction(action);
    }

    money(value) {
        return formatCurrency(value, this.state.board.currency_id);
    }

    show(tile) {
        if (tile.value === null) {
            return "–";
        }
        if (tile.kind === "money") {
            return formatCurrency(tile.value, this.state.board.currency_id, {
                humanReadable: Math.abs(tile.value) >= 100000,
            });
        }
        const number = tile.value.toLocaleString(undefined, {maximumFractionDigits: 1});
        return tile.kind === "percent" ? `${number} %` : number;
    }

    unit(tile) {
        return tile.kind === "days" && tile.value !== null ? _t("days") : "";
    }

    get ageing() {
        const {buckets, standings} = this.state.board.ageing;
        return {
            labels: buckets.map((bucket) => bucket.name),
            datasets: standings
                .filter((standing) => standing.amounts.some((amount) => amount))
                .map((standing) => ({label: standing.name, data: standing.amounts})),
        };
    }

    get trend() {
        const months = this.state.board.trend;
        const line = (label, name) => ({
            label,
            type: "line",
            tension: 0.2,
            data: months.map((month) => month[name]),
        });
        const bar = (label, name) => ({
            label,
            data: months.map((month) => month[name]),
        });
        return {
            labels: months.map((month) => month.label),
            datasets: [
                bar(_t("Invoiced"), "sales"),
                bar(_t("Collected"), "collected"),
                line(_t("Receivable"), "receivable"),
                line(_t("Overdue"), "overdue"),
            ],
        };
    }

    get expected() {
        const {weeks, kinds} = this.state.board.expected;
        return {
            labels: weeks.map((week) => week.label),
            datasets: kinds.map((kind) => ({
                label: kind.name,
                data: weeks.map((week) => week[kind.key]),
            })),
        };
    }
}

registry.category("actions").add("debt_collection.dashboard", DebtCollectionDashboard);
