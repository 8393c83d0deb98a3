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

/** One colour for each meaning, whichever of them a chart shows (of six). */
const COLORS = {
    open: 0,
    disputed: 1,
    promise: 2,
    legal: 4,
    plan: 5,
    habit: 0,
    sales: 0,
    collected: 2,
    receivable: 3,
    overdue: 1,
};

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
                datasets: this.props.datasets.map((dataset) => ({
                    backgroundColor: getColor(COLORS[dataset.key], scheme, "sm"),
                    borderColor: getColor(COLORS[dataset.key], scheme, "sm"),
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
                onClick: (event) => this.click(event),
            },
        };
    }

    /** The bar or the point under the click: which column, and which of its parts. */
    click(event) {
        const [item] = this.chart.getElementsAtEventForMode(
            event,
            "nearest",
            {intersect: true},
            false
        );
        if (item) {
            const {key} = this.props.datasets[item.datasetIndex];
            this.props.onClick?.(item.index, key);
        }
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
        this.state = useState({
            filters: {days: 90, own: true},
            board: null,
            recovery: "step",
        });
        onWillStart(() => this.load());
    }

    /** The server says which filters hold: a collector begins with his own debtors. */
    async load() {
        this.state.board = await this.orm.call(COCKPIT, "get_dashboard", [
            {...this.state.filters},
        ]);
        this.state.filters = this.state.board.filters;
    }

    async setFilter(name, value) {
        this.state.filters[name] = Number(value) || 0;
        await this.load();
    }

    /** The filters beside the period; one that offers nothing is not shown. */
    get choices() {
        const {companies, teams, users} = this.state.board;
        return [
            {
                name: "company_id",
                label: _t("Company"),
                all: _t("All companies"),
                options: companies,
            },
            {name: "team_id", label: _t("Team"), all: _t("All teams"), options: teams},
            {
                name: "user_id",
                label: _t("Collector"),
                all: _t("Everybody"),
                options: users,
            },
        ];
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
                .map((standing) => ({
                    key: standing.key,
                    label: standing.name,
                    data: standing.amounts,
                })),
        };
    }

    get trend() {
        const months = this.state.board.trend;
        const data = (key) => months.map((month) => month[key]);
        const bar = (key, label) => ({key, label, data: data(key)});
        const line = (key, label) => ({
            ...bar(key, label),
            type: "line",
            tension: 0.2,
        });
        return {
            labels: months.map((month) => month.label),
            datasets: [
                bar("sales", _t("Invoiced")),
                bar("collected", _t("Collected")),
                line("receivable", _t("Receivable")),
                line("overdue", _t("Overdue")),
            ],
        };
    }

    get expected() {
        const {weeks, kinds} = this.state.board.expected;
        return {
            labels: weeks.map((week) => week.label),
            datasets: kinds.map((kind) => ({
                key: kind.key,
                label: kind.name,
                data: weeks.map((week) => week[kind.key]),
            })),
        };
    }

    get recovery() {
        const tables = this.state.board.recovery;
        return tables.find((table) => table.key === this.state.recovery);
    }

    get costs() {
        const {costs} = this.state.board;
        return [
            {key: "cost", name: _t("Ordered"), amount: costs.engaged},
            {key: "billed", name: _t("Billed"), amount: costs.billed},
            {key: "recovered", name: _t("Paid back"), amount: costs.recovered},
            {key: "lost", name: _t("Lost"), amount: costs.lost},
        ];
    }
}

registry.category("actions").add("debt_collection.dashboard", DebtCollectionDashboard);
