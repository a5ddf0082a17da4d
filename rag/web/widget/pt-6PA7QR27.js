// Built from widget/src/ by "npm run build" in widget/; do not edit.
var e={};export{e as default};
