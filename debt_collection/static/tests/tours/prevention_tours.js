import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("debt_collection_onboarding", {
    steps: () => [
        {
            content: "The desk of a Manager says that nothing leaves yet",
            trigger: ".o_debt_collection_first_steps:contains('before you start')",
        },
        {trigger: ".o_debt_collection_first_steps button", run: "click"},
        {
            content: "What is missing is named",
            trigger:
                ".o_debt_collection_step_company.o_debt_collection_step_is_todo .o_debt_collection_step_why:contains('VAT or company number')",
        },
        {trigger: ".o_debt_collection_start:disabled"},
        {
            content: "The ladders are chosen",
            trigger: ".o_debt_collection_step_ladder .o_debt_collection_step_open",
            run: "click",
        },
        {
            content: "Each letter waits for a look, unless somebody says otherwise",
            trigger: ".modal input[data-value='review']:checked",
        },
        {trigger: ".modal button[name='action_save']", run: "click"},
        {
            trigger:
                ".o_debt_collection_step_ladder.o_debt_collection_step_is_done:contains('waits for a look')",
        },
        {
            content: "The preview shows the own ledger",
            trigger: ".o_debt_collection_step_preview .o_debt_collection_step_open",
            run: "click",
        },
        {trigger: ".o_list_view .o_data_row:contains('Debtor SRL'):contains('400.00')"},
        {
            trigger:
                ".o_breadcrumb .breadcrumb-item a:contains('First steps'), .o_back_button",
            run: "click",
        },
        {
            trigger:
                ".o_debt_collection_step_preview.o_debt_collection_step_is_done:contains('Letters: 1, debtors: 1')",
        },
        ...["company", "languages", "parameters", "roles", "invoices"].flatMap(
            (key) => [
                {
                    content: `The step ${key} is left as it is`,
                    trigger: `.o_debt_collection_step_${key}.o_debt_collection_step_is_todo .o_debt_collection_step_leave`,
                    run: "click",
                },
                {
                    trigger: `.o_debt_collection_step_${key}.o_debt_collection_step_is_left`,
                },
            ]
        ),
        {
            content: "Now it can start",
            trigger: ".o_debt_collection_start:enabled",
            run: "click",
        },
        {
            content: "It says what happens, and asks",
            trigger: ".modal:contains('Letters: 1, debtors: 1')",
        },
        {trigger: ".modal-footer button:contains('Start collecting')", run: "click"},
        {trigger: ".o_debt_collection_onboarding_status:contains('started by')"},
        {
            content: "And be paused",
            trigger: ".o_debt_collection_pause:contains('Pause')",
            run: "click",
        },
        {trigger: ".o_debt_collection_onboarding_status:contains('is paused')"},
        {trigger: ".o_debt_collection_pause:contains('End the pause')", run: "click"},
        {trigger: ".o_debt_collection_onboarding_status:contains('started by')"},
    ],
});

registry.category("web_tour.tours").add("debt_collection_quality", {
    steps: () => [
        {
            content: "What is missing, and what mends it",
            trigger:
                ".o_data_row:contains('No address'):contains('Enter street'), .o_kanban_record:contains('No address'):contains('Enter street')",
        },
        {
            content: "One click opens what mends it",
            trigger:
                ".o_data_cell:contains('No address'), .o_kanban_record:contains('No address')",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name='street'] input",
            run: "edit 5 Long Street",
        },
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_form_saved"},
        {
            trigger: ".o_breadcrumb .breadcrumb-item:not(.active) a, .o_back_button",
            run: "click",
        },
        {
            content: "The row has left",
            trigger:
                ".o_list_renderer:not(:contains('No address')):contains('Never sent'), .o_kanban_renderer:not(:contains('No address')):contains('Never sent')",
        },
    ],
});

registry.category("web_tour.tours").add("debt_collection_early", {
    steps: () => [
        {
            content: "Who is worth a call, and why",
            trigger:
                ".o_data_row:contains('a large amount'), .o_kanban_record:contains('a large amount')",
        },
        {
            content: "One click plans it, and the invoice leaves the list",
            trigger:
                ".o_data_row button[name='action_collection_plan_call'], .o_kanban_record button[name='action_collection_plan_call']",
            run: "click",
        },
        {trigger: ".o_view_nocontent:contains('Nobody to call')"},
    ],
});

registry.category("web_tour.tours").add("debt_collection_behaviour", {
    steps: () => [
        {
            content: "The invoice says how its customer pays",
            trigger:
                ".o_debt_collection_behaviour.alert-danger:contains('Hardly pays'):contains('retention of title')",
        },
        {trigger: ".o_form_view"},
    ],
});
