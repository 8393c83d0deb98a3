import {NameAndSignature} from "@web/core/signature/name_and_signature";
import {SignatureForm} from "@portal/signature_form/signature_form";
import {redirect} from "@web/core/utils/urls";
import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";

/** Odoo's widget, all of its buttons with a name that can be read aloud. */
export class NamedSignature extends NameAndSignature {
    static template = "debt_collection_portal.NameAndSignature";
}

/**
 * Odoo's signature form, with what a plan needs besides: the sum in words, which
 * stands in a field of the page so that it is read without a script too, and the mark
 * against requests from other sites.
 */
export class PlanSignature extends SignatureForm {
    static components = {NameAndSignature: NamedSignature};

    async onClickSubmit() {
        if (this.isSending) {
            return;
        }
        this.isSending = true;
        this.state.error = false;
        const words = document.getElementById("sign_words");
        const answer = await rpc(this.props.callUrl, {
            name: this.signature.name,
            signature: this.signature.getSignatureImage().split(",")[1],
            words: words ? words.value : "",
            csrf_token: odoo.csrf_token,
        });
        this.isSending = false;
        if (answer.error) {
            this.state.error = answer.error;
            return;
        }
        redirect(answer.redirect_url);
    }
}

registry
    .category("public_components")
    .add("debt_collection_portal.plan_signature", PlanSignature);
