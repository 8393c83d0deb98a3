import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("debt_collection_dashboard", {
    steps: () => [
        {
            content: "The figures of the period",
            trigger: ".o_debt_collection_tile_overdue:contains('400.00')",
        },
        {content: "The charts are drawn", trigger: ".o_debt_collection_chart canvas"},
        {
            content: "The year before is another period",
            trigger: ".o_debt_collection_period",
            run: "select 365",
        },
        {
            content: "What brings money is looked at by partner too",
            trigger: ".o_debt_collection_by_partner",
            run: "click",
        },
        {trigger: ".o_debt_collection_by_partner.active"},
        {trigger: ".o_debt_collection_approvals_cost:contains('Costs to approve (0)')"},
        {
            content: "A figure opens its records",
            trigger: ".o_debt_collection_tile_overdue",
            run: "click",
        },
        {trigger: ".o_list_view .o_data_row:contains('400.00')"},
    ],
});

registry.category("web_tour.tours").add("debt_collection_today", {
    steps: () => [
        {
            content: "The row says why it is here",
            trigger: ".o_data_row:contains('Review the letter (+')",
        },
        {
            content: "It opens the letter",
            trigger: ".o_data_row .o_data_cell:contains('Debtor SRL')",
            run: "click",
        },
        {
            content: "Handled, it leaves",
            trigger: ".o_form_view button[name='action_skip']",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_arrow_button_current:contains('Skipped')",
        },
        {
            content: "Back to the day",
            trigger: ".breadcrumb .o_back_button a, .breadcrumb-item.o_back_button",
            run: "click",
        },
        {trigger: ".o_list_view .o_data_row:contains('Second Debtor')"},
        {trigger: ".o_list_view:not(:has(.o_data_cell:contains('Debtor SRL')))"},
        {
            content: "The lists stand beside it, with what is on them",
            trigger: ".o_debt_collection_side_broken:contains('Broken promises')",
        },
        {
            content: "And open their records",
            trigger: ".o_debt_collection_side_limitation:contains('1')",
            run: "click",
        },
        {trigger: ".o_list_view .o_data_row:contains('Second Debtor')"},
    ],
});

registry.category("web_tour.tours").add("debt_collection_dashboard_empty", {
    steps: () => [{trigger: ".o_debt_collection_empty"}],
});
