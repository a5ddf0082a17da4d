/** On such a screen the panel covers the whole page. */
export const COVERS_THE_PAGE = "(max-width: 480px), (max-height: 480px)";
