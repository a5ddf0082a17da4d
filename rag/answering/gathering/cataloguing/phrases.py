"""Word what is said of a collection and its documents in the user's language. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CataloguePhrases:
    """The words in one language; `{}` stands for a number or a value."""

    count: str
    more: str
    author: str
    date: str
    pages: str
    language: str
    media_type: str
    title: str


_PHRASES = {
    "en": CataloguePhrases(
        *("Documents: {}", "and {} more", "Author of the file: {}", "Date of the file: {}"),
        *("Pages: {}", "Language: {}", "File type: {}", "Title: {}"),
    ),
    "de": CataloguePhrases(
        *("Dokumente: {}", "und {} weitere", "Verfasser laut Datei: {}", "Datum der Datei: {}"),
        *("Seiten: {}", "Sprache: {}", "Dateityp: {}", "Titel: {}"),
    ),
    "fr": CataloguePhrases(
        *("Documents : {}", "et {} autres", "Auteur selon le fichier : {}", "Date du fichier : {}"),
        *("Pages : {}", "Langue : {}", "Type de fichier : {}", "Titre : {}"),
    ),
    "es": CataloguePhrases(
        *("Documentos: {}", "y {} más", "Autor según el archivo: {}", "Fecha del archivo: {}"),
        *("Páginas: {}", "Idioma: {}", "Tipo de archivo: {}", "Título: {}"),
    ),
    "it": CataloguePhrases(
        *("Documenti: {}", "e altri {}", "Autore secondo il file: {}", "Data del file: {}"),
        *("Pagine: {}", "Lingua: {}", "Tipo di file: {}", "Titolo: {}"),
    ),
    "pt": CataloguePhrases(
        *("Documentos: {}", "e mais {}", "Autor segundo o ficheiro: {}", "Data do ficheiro: {}"),
        *("Páginas: {}", "Língua: {}", "Tipo de ficheiro: {}", "Título: {}"),
    ),
    "nl": CataloguePhrases(
        *("Documenten: {}", "en nog {}", "Auteur volgens het bestand: {}", "Datum van het bestand: {}"),
        *("Pagina’s: {}", "Taal: {}", "Bestandstype: {}", "Titel: {}"),
    ),
    "pl": CataloguePhrases(
        *("Dokumenty: {}", "oraz {} innych", "Autor według pliku: {}", "Data pliku: {}"),
        *("Strony: {}", "Język: {}", "Typ pliku: {}", "Tytuł: {}"),
    ),
    "ru": CataloguePhrases(
        *("Документов: {}", "и ещё {}", "Автор по данным файла: {}", "Дата файла: {}"),
        *("Страниц: {}", "Язык: {}", "Тип файла: {}", "Название: {}"),
    ),
    "uk": CataloguePhrases(
        *("Документів: {}", "і ще {}", "Автор за даними файлу: {}", "Дата файлу: {}"),
        *("Сторінок: {}", "Мова: {}", "Тип файлу: {}", "Назва: {}"),
    ),
    "ja": CataloguePhrases(
        *("文書: {}件", "ほか{}件", "ファイルの作成者: {}", "ファイルの日付: {}"),
        *("ページ数: {}", "言語: {}", "ファイル形式: {}", "題名: {}"),
    ),
    "zh": CataloguePhrases(
        *("文档：{}份", "另有{}份", "文件作者：{}", "文件日期：{}"),
        *("页数：{}", "语言：{}", "文件类型：{}", "标题：{}"),
    ),
}


def phrases_in(language: str) -> CataloguePhrases:
    """Return the words in a language, an ISO 639-1 code; in English if it has none."""
    return _PHRASES.get(language, _PHRASES["en"])
