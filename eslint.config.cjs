// JavaScript of the addons: modules in static/src and static/tests end in .esm.js
// or carry import statements; anything undeclared or unused is an error.
const globals = Object.fromEntries(
    [
        "clearTimeout",
        "console",
        "document",
        "Event",
        "FormData",
        "HTMLElement",
        "localStorage",
        "location",
        "luxon",
        "navigator",
        "odoo",
        "owl",
        "sessionStorage",
        "setTimeout",
        "URL",
        "URLSearchParams",
        "window",
    ].map((name) => [name, "readonly"])
);

const rules = {
    "consistent-return": "error",
    curly: "error",
    eqeqeq: "error",
    "no-alert": "error",
    "no-console": "error",
    "no-debugger": "error",
    "no-dupe-keys": "error",
    "no-eval": "error",
    "no-implied-eval": "error",
    "no-redeclare": "error",
    "no-shadow": "error",
    "no-undef": "error",
    "no-unreachable": "error",
    "no-unused-vars": "error",
    "no-var": "error",
    "prefer-const": "error",
};

module.exports = [
    {ignores: [".state/**", "**/static/lib/**", "**/node_modules/**"]},
    {
        files: ["**/*.js"],
        languageOptions: {ecmaVersion: 2024, sourceType: "module", globals},
        rules,
    },
    {
        files: ["**/*.cjs"],
        languageOptions: {
            sourceType: "commonjs",
            globals: {module: "writable", require: "readonly"},
        },
        rules,
    },
];
