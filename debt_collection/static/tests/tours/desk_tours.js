import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("debt_collection_desk", {
    steps: () => [
        {
            content: "The largest amount comes first, with its progress",
            trigger: ".o_debt_collection_desk_debtor:contains('Second Debtor SA')",
        },
        {trigger: ".o_debt_collection_desk_position:contains('1 of 3')"},
        {
            content: "One item is left out",
            trigger: ".o_debt_collection_desk_items tr:contains('40.00') .fa-times",
            run: "click",
        },
        {trigger: ".o_debt_collection_desk_items:not(:contains('40.00'))"},
        {
            content: "The words are changed",
            trigger: ".o_debt_collection_desk_edit",
            run: "click",
        },
        {
            trigger: ".o_debt_collection_desk_letter[contenteditable='true'] p:first",
            run() {
                this.anchor.textContent = "Dear Mrs Tour,";
            },
        },
        {trigger: ".o_debt_collection_desk_keep", run: "click"},
        {trigger: ".o_debt_collection_desk .badge:contains('edited')"},
        {
            content: "A key sends it and shows the next",
            trigger: "body",
            run: "press s",
        },
        {trigger: ".o_debt_collection_desk_position:contains('2 of 3')"},
        {trigger: ".o_debt_collection_desk_debtor:contains('Debtor SRL')"},
        {content: "Another skips", trigger: "body", run: "press k"},
        {trigger: ".o_debt_collection_desk_position:contains('3 of 3')"},
        {content: "And one goes back", trigger: "body", run: "press b"},
        {trigger: ".o_debt_collection_desk .badge:contains('Skipped')"},
        {trigger: ".o_debt_collection_desk_next", run: "click"},
        {trigger: ".o_debt_collection_desk_send", run: "click"},
        {trigger: ".o_debt_collection_desk .badge:contains('Released')"},
        {
            content: "What was released can be taken back",
            trigger:
                ".o_notification:contains('Third Debtor') button:contains('Take back')",
            run: "click",
        },
        {trigger: ".o_debt_collection_desk .badge:contains('To review')"},
    ],
});

registry.category("web_tour.tours").add("debt_collection_outcome", {
    steps: () => [
        {
            content: "A call waits, with the figures at hand",
            trigger: ".o_debt_collection_script:contains('days late')",
        },
        {trigger: ".o_debt_collection_script a[href^='tel:']"},
        {trigger: ".o_debt_collection_desk_record", run: "click"},
        {
            isActive: ["desktop"],
            trigger: ".modal .o_field_widget[name='outcome_id'] input",
            run: "edit Refuses",
        },
        {
            isActive: ["desktop"],
            trigger: ".o-autocomplete--dropdown-item:contains('Refuses to pay')",
            run: "click",
        },
        {
            content: "On a phone a click opens the list of outcomes",
            isActive: ["mobile"],
            trigger: ".modal .o_field_widget[name='outcome_id'] input",
            run: "click",
        },
        {
            isActive: ["mobile"],
            trigger: ".modal .o_kanban_record:contains('Refuses to pay')",
            run: "click",
        },
        {
            content: "The reason is proposed",
            trigger: ".modal .o_field_widget[name='reason']",
        },
        {
            trigger: ".modal .o_field_widget[name='note'] textarea",
            run: "edit He hung up",
        },
        {trigger: ".modal button[name='action_record']", run: "click"},
        {trigger: ".o_debt_collection_desk .badge:contains('Done')"},
    ],
});
