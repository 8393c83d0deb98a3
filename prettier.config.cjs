/** @type {import("prettier").Config} */
module.exports = {
    bracketSpacing: false,
    plugins: [require.resolve("@prettier/plugin-xml")],
    printWidth: 88,
    proseWrap: "always",
    semi: true,
    trailingComma: "es5",
    xmlWhitespaceSensitivity: "preserve",
};
