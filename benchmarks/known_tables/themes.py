"""Invented subjects of tables: their columns, words and ranges."""

from benchmarks.known_tables.values import Column, Theme


def category(name: str, where: str, *options: str) -> Column:
    return Column(name, "category", options, where=where)


def amount(name: str, low: float, high: float, *, kind: str = "number") -> Column:
    """Return a column of numbers whose sum means something."""
    return Column(name, kind, low=low, high=high, is_summed=True)  # type: ignore[arg-type]  # a literal


def rate(name: str, low: float, high: float, *, kind: str = "percent") -> Column:
    """Return a column of numbers that are not summed."""
    return Column(name, kind, low=low, high=high)  # type: ignore[arg-type]  # a literal


def day(name: str) -> Column:
    return Column(name, "date")


def remarks(name: str, *options: str) -> Column:
    return Column(name, "text", options)


TREES = ("Alder", "Beech", "Cedar", "Elm", "Hazel", "Larch", "Maple", "Rowan", "Sorrel", "Willow", "Aspen", "Juniper")
SURNAMES = ("Abara", "Brandt", "Calloway", "Dufresne", "Ekström", "Farrant", "Gossage", "Hollis", "Ibbotson", "Kersey")
FORENAMES = ("Agnes", "Bruno", "Carla", "Dmitri", "Elspeth", "Faisal", "Greta", "Hugo", "Imelda", "Jonas", "Keiko")

THEMES = (
    Theme(
        *("assets", "en", "Asset register", "asset", "assets", "Asset", "AS-"),
        (("Copper", "Granite", "Indigo", "Jasper", "Onyx", "Quartz", "Slate"), ("Laptop", "Plotter", "Tablet", "Dock")),
        (
            category("Category", "in the category {}", "Portable", "Fixed", "Loan pool", "Spare"),
            category("Location", "at the location {}", "Annex", "Depot", "Main hall", "Tower"),
            amount("Purchase price", 80, 2900, kind="money"),
            day("Purchase date"),
            amount("Repairs", 0, 14, kind="count"),
            rate("Book value share", 5, 95),
            remarks("Remarks", "sent back", "screen scratched", "new battery", "no charger", "label lost"),
        ),
    ),
    Theme(
        *("courses", "en", "Course catalogue", "course", "courses", "Course", "CR-"),
        (("Early", "Modern", "Practical", "Advanced", "Applied"), ("Pottery", "Statistics", "Rhetoric", "Botany")),
        (
            category("Department", "in the department {}", "Arts", "Sciences", "Languages", "Trades"),
            category("Lecturer", "taught by {}", "Dr Okafor", "Ms Lindqvist", "Prof Tarrant", "Mr Vega"),
            amount("Places", 8, 60, kind="count"),
            rate("Fee", 40, 900, kind="money"),
            rate("Pass rate", 41, 99),
            day("Start date"),
            remarks("Materials", "own apron", "reader on loan", "none", "hand lens", "clay included"),
        ),
    ),
    Theme(
        *("staff", "en", "Staff list", "employee", "employees", "Name", "EMP-"),
        (FORENAMES, SURNAMES),
        (
            category("Team", "in the team {}", "Dispatch", "Payroll", "Research", "Workshop"),
            category("Site", "based at {}", "Northgate", "Quayside", "Millfield"),
            rate("Weekly hours", 12, 40, kind="number"),
            amount("Annual salary", 19000, 61000, kind="money"),
            amount("Leave days", 20, 34, kind="count"),
            day("Joining date"),
            remarks("Skills", "first aid", "forklift", "sign language", "welding", "translation"),
        ),
    ),
    Theme(
        *("prices", "en", "Price list", "product", "products", "Product", "PR-"),
        (("Amber", "Bright", "Calm", "Dusky", "Early", "Frosted"), ("Candle", "Kettle", "Lantern", "Teapot", "Tray")),
        (
            category("Range", "of the range {}", "Basic", "Classic", "Premium"),
            category("Colour", "in {}", "blue", "cream", "green", "red"),
            rate("Net price", 2, 180, kind="money"),
            rate("Discount", 1, 45),
            amount("Units in stock", 0, 640, kind="count"),
            amount("Weight (kg)", 0.2, 9),
            remarks("Packing", "single box", "crate of six", "sleeve", "loose", "gift wrap"),
        ),
    ),
    Theme(
        *("harvest", "en", "Harvest record", "field", "fields", "Field", "FD-"),
        (TREES, ("Acre", "Bank", "Croft", "Hollow", "Meadow", "Ridge")),
        (
            category("Crop", "sown with {}", "barley", "oats", "rye", "wheat"),
            category("Soil", "with {} soil", "chalk", "clay", "loam", "sandy"),
            amount("Area (ha)", 1, 28),
            amount("Yield (t)", 4, 190),
            rate("Moisture", 11, 21),
            day("Harvest date"),
            remarks("Observations", "lodged in parts", "weeds at the edge", "even stand", "hail in June", "drained"),
        ),
    ),
    Theme(
        *("buses", "en", "Bus lines", "bus line", "bus lines", "Line", "BL-"),
        (("Crown", "Harbour", "Orbital", "Station", "Valley"), ("Express", "Link", "Rider", "Shuttle")),
        (
            category("Depot", "from the depot {}", "Eastyard", "Foundry Road", "Westyard"),
            category("Vehicle", "served by a {}", "double-decker", "midibus", "single-decker"),
            amount("Stops", 6, 48, kind="count"),
            amount("Length (km)", 3, 41),
            rate("Punctuality", 58, 99),
            rate("Day ticket", 2, 9, kind="money"),
            remarks("Diversions", "bridge works", "none known", "market days", "night route", "school days"),
        ),
    ),
    Theme(
        *("laboratory", "en", "Laboratory results", "sample", "samples", "Sample", "SM-"),
        (("Upper", "Lower", "Inner", "Outer", "North", "South"), ("Weir", "Spring", "Basin", "Outfall", "Well")),
        (
            category("Matrix", "of the matrix {}", "groundwater", "sediment", "surface water"),
            category("Analyst", "analysed by {}", "Nwosu", "Petrov", "Sandoval"),
            rate("Nitrate (mg/l)", 1, 60, kind="number"),
            rate("Lead (µg/l)", 0.2, 12, kind="number"),
            rate("Recovery", 71, 108),
            amount("Repeats", 1, 9, kind="count"),
            day("Date received"),
        ),
    ),
    Theme(
        *("museum", "en", "Exhibit inventory", "exhibit", "exhibits", "Exhibit", "EX-"),
        (("Bronze", "Gilded", "Painted", "Carved", "Woven"), ("Bowl", "Chest", "Mask", "Screen", "Idol")),
        (
            category("Collection", "in the collection {}", "Ansell", "Corvino", "Municipal"),
            category("Room", "shown in the {}", "Atrium", "Gallery", "Vault"),
            amount("Insured value", 300, 48000, kind="money"),
            amount("Loans", 0, 23, kind="count"),
            rate("Height (cm)", 6, 210, kind="number"),
            day("Acquisition date"),
            remarks("Condition", "fine cracks", "restored", "sound", "faded", "chipped rim"),
        ),
    ),
    Theme(
        *("hotels", "en", "Hotel directory", "hotel", "hotels", "Hotel", "HT-"),
        (("Golden", "Silver", "Royal", "Little", "Old"), ("Anchor", "Bridge", "Heron", "Lodge", "Orchard")),
        (
            category("Region", "in the region {}", "Coast", "Fells", "Lakes", "Plains"),
            category("Rating", "with the rating {}", "comfort", "economy", "luxury"),
            amount("Rooms", 9, 240, kind="count"),
            rate("Nightly rate", 45, 390, kind="money"),
            rate("Occupancy", 31, 97),
            day("Opening date"),
            remarks("Parking", "street only", "garage", "ten spaces", "valet", "permit needed"),
        ),
    ),
    Theme(
        *("grants", "en", "Grant awards", "grant", "grants", "Grant", "GR-"),
        (("Bluebell", "Compass", "Ember", "Horizon", "Lighthouse"), ("Award", "Bursary", "Fund", "Prize")),
        (
            category("Field", "in the field of {}", "archaeology", "medicine", "music"),
            category("Status", "with the status {}", "approved", "closed", "pending"),
            amount("Sum awarded", 900, 76000, kind="money"),
            rate("Own share", 5, 50),
            amount("Reports due", 1, 8, kind="count"),
            day("Decision date"),
            remarks("Contact", "registry", "dean's office", "external board", "treasurer", "council"),
        ),
    ),
    Theme(
        *("kurse", "de", "Kursprogramm", "Kurs", "Kurse", "Kurs", "KU-"),
        (("Abend", "Aufbau", "Grund", "Wochenend"), ("kurs Aquarell", "kurs Imkerei", "kurs Italienisch", "kurs Yoga")),
        (
            category("Fachbereich", "im Fachbereich {}", "Gesundheit", "Kunst", "Natur", "Sprachen"),
            category("Leitung", "unter der Leitung von {}", "Frau Adler", "Herr Brückner", "Frau Öztürk"),
            amount("Plätze", 6, 28, kind="count"),
            rate("Gebühr", 24, 310, kind="money"),
            rate("Auslastung", 22, 99),
            day("Beginn"),
            remarks("Material", "Matte", "Pinsel", "nichts", "feste Schuhe", "Wörterbuch"),
        ),
        "€",
    ),
    Theme(
        *("geraete", "de", "Geräteverzeichnis", "Gerät", "Geräte", "Gerät", "GE-"),
        (("Akku", "Band", "Kreis", "Stich", "Tisch"), ("säge Nord", "schleifer Süd", "fräse West", "bohrer Ost")),
        (
            category("Werkstatt", "in der Werkstatt {}", "Bauhof", "Gärtnerei", "Schlosserei"),
            category("Zustand", "im Zustand {}", "defekt", "gut", "neuwertig"),
            amount("Anschaffungspreis", 60, 4200, kind="money"),
            amount("Einsätze", 0, 130, kind="count"),
            rate("Restwert", 5, 95),
            day("Kaufdatum"),
            remarks("Zubehör", "Koffer", "Ersatzblatt", "keines", "Netzteil", "Führungsschiene"),
        ),
        "€",
    ),
    Theme(
        *("ernte", "de", "Ernteübersicht", "Schlag", "Schläge", "Schlag", "SL-"),
        (("Birken", "Erlen", "Linden", "Mühlen", "Weiden"), ("acker", "breite", "feld", "grund", "kamp")),
        (
            category("Fruchtart", "mit der Fruchtart {}", "Gerste", "Hafer", "Roggen", "Weizen"),
            category("Bodenart", "mit der Bodenart {}", "Lehm", "Löss", "Sand"),
            amount("Fläche (ha)", 1, 28),
            amount("Ertrag (t)", 4, 190),
            rate("Feuchte", 11, 21),
            day("Erntetag"),
            remarks("Bemerkung", "Hagel im Juni", "lückig", "gleichmäßig", "Lager am Rand", "spät gesät"),
        ),
        "€",
    ),
)
