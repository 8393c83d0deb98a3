import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";

/** The instalments follow the slider; without a script a button asks for them. */
export class TimeSchedule extends Interaction {
    static selector = ".o_debt_collection_time";
    dynamicContent = {
        "input[name=count], input[name=first]": {
            "t-on-input": this.debounced(this.show, 250),
        },
        ".o_debt_collection_show": {"t-att-class": () => ({"d-none": true})},
    };

    setup() {
        this.slider = this.el.querySelector("input[name=count]");
        this.first = this.el.querySelector("input[name=first]");
        this.live = this.el.querySelector(".o_debt_collection_live");
        this.asked = 0;
    }

    async show() {
        const turn = ++this.asked;
        this.el.querySelector("output").textContent = this.slider.value;
        const choice = new URLSearchParams({
            count: this.slider.value,
            first: this.first.value,
        });
        const answer = await this.waitFor(
            this.services.http.get(`${this.el.dataset.schedule}?${choice}`, "text")
        );
        // An answer that was overtaken by a later one is left out
        if (turn === this.asked) {
            this.fill(answer);
        }
    }

    /** Put the server's instalments in place, and the slider inside its new limits. */
    fill(text) {
        const page = new window.DOMParser().parseFromString(text, "text/html");
        const found = page.querySelector(".o_debt_collection_schedule");
        if (!found) {
            return;
        }
        const {count, max, min, first} = found.dataset;
        this.slider.min = min;
        this.slider.max = max;
        this.slider.value = count;
        this.first.value = first;
        this.el.querySelector("output").textContent = count;
        this.el.querySelector(".btn-primary").disabled = count === "0";
        this.live.replaceChildren(found);
    }
}

registry
    .category("public.interactions")
    .add("debt_collection_portal.time_schedule", TimeSchedule);
