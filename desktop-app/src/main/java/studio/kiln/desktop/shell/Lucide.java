package studio.kiln.desktop.shell;

import org.kordamp.ikonli.Ikon;

/** The icons that the studio uses, out of the bundled Lucide font. One set with an even line. */
public enum Lucide implements Ikon {
    APERTURE("aperture", 0xe040),
    ARROW_LEFT("arrow-left", 0xe048),
    ARROW_RIGHT("arrow-right", 0xe049),
    ARROW_UP_DOWN("arrow-up-down", 0xe37d),
    BAN("ban", 0xe051),
    BELL("bell", 0xe059),
    BELL_OFF("bell-off", 0xe05a),
    BOX("box", 0xe061),
    BOXES("boxes", 0xe2d0),
    CAMERA("camera", 0xe064),
    CHECK("check", 0xe06c),
    CHEVRON_DOWN("chevron-down", 0xe06d),
    CHEVRON_LEFT("chevron-left", 0xe06e),
    CHEVRON_RIGHT("chevron-right", 0xe06f),
    CHEVRON_UP("chevron-up", 0xe070),
    CHEVRONS_UP("chevrons-up", 0xe074),
    CIRCLE_ALERT("circle-alert", 0xe077),
    CIRCLE_CHECK("circle-check", 0xe226),
    CIRCLE_DASHED("circle-dashed", 0xe4b0),
    CIRCLE_HELP("circle-help", 0xe082),
    CIRCLE_PAUSE("circle-pause", 0xe07f),
    CIRCLE_STOP("circle-stop", 0xe083),
    CIRCLE_X("circle-x", 0xe084),
    CLOCK("clock", 0xe087),
    COMMAND("command", 0xe09a),
    CONTAINER("container", 0xe4d5),
    COPY("copy", 0xe09e),
    COPY_PLUS("copy-plus", 0xe3fd),
    CPU("cpu", 0xe0a9),
    DOWNLOAD("download", 0xe0b2),
    ELLIPSIS("ellipsis", 0xe0b6),
    EXPAND("expand", 0xe21a),
    EXTERNAL_LINK("external-link", 0xe0b9),
    EYE("eye", 0xe0ba),
    FILE_CODE("file-code", 0xe0c3),
    FILE_PLUS("file-plus", 0xe0c9),
    FILE_WARNING("file-warning", 0xe319),
    FILE_X("file-x", 0xe0cd),
    FILM("film", 0xe0d0),
    FLAME("flame", 0xe0d2),
    FOLDER("folder", 0xe0d7),
    FOLDER_OPEN("folder-open", 0xe247),
    FOLDER_PLUS("folder-plus", 0xe0d9),
    GAUGE("gauge", 0xe1bf),
    HARD_DRIVE("hard-drive", 0xe0ed),
    HISTORY("history", 0xe1f5),
    HOURGLASS("hourglass", 0xe296),
    IMAGE("image", 0xe0f6),
    IMAGE_OFF("image-off", 0xe1c0),
    IMAGES("images", 0xe5c4),
    INBOX("inbox", 0xe0f7),
    INFO("info", 0xe0f9),
    KANBAN("kanban", 0xe4dc),
    KEYBOARD("keyboard", 0xe284),
    LAYERS("layers", 0xe529),
    LIGHTBULB("lightbulb", 0xe1c2),
    LINK("link", 0xe102),
    LIST("list", 0xe106),
    LIST_CHECKS("list-checks", 0xe1d0),
    LIST_TREE("list-tree", 0xe408),
    LIST_VIDEO("list-video", 0xe2e2),
    LOCK("lock", 0xe10b),
    LOCK_OPEN("lock-open", 0xe10c),
    MAXIMIZE("maximize", 0xe112),
    MAXIMIZE_2("maximize-2", 0xe113),
    MINIMIZE_2("minimize-2", 0xe11b),
    MINUS("minus", 0xe11c),
    MONITOR("monitor", 0xe11d),
    MOON("moon", 0xe11e),
    PACKAGE("package", 0xe129),
    PALETTE("palette", 0xe1dd),
    PAUSE("pause", 0xe12e),
    PLAY("play", 0xe13c),
    PLUG("plug", 0xe37f),
    PLUS("plus", 0xe13d),
    RATIO("ratio", 0xe4e8),
    RECYCLE("recycle", 0xe2e9),
    REFRESH_CW("refresh-cw", 0xe145),
    ROTATE_CCW("rotate-ccw", 0xe148),
    ROTATE_CW("rotate-cw", 0xe149),
    SAVE("save", 0xe14d),
    SCAN("scan", 0xe257),
    SCROLL_TEXT("scroll-text", 0xe45f),
    SEARCH("search", 0xe151),
    SERVER("server", 0xe153),
    SETTINGS("settings", 0xe154),
    SHIELD("shield", 0xe158),
    SHIELD_CHECK("shield-check", 0xe1ff),
    SPARKLES("sparkles", 0xe412),
    STETHOSCOPE("stethoscope", 0xe2f1),
    SUN("sun", 0xe178),
    SUN_MOON("sun-moon", 0xe2b2),
    TABLE_2("table-2", 0xe2f9),
    TAG("tag", 0xe17f),
    TERMINAL("terminal", 0xe181),
    TRASH_2("trash-2", 0xe18e),
    TRIANGLE_ALERT("triangle-alert", 0xe193),
    UNLINK("unlink", 0xe19c),
    UNPLUG("unplug", 0xe45d),
    UPLOAD("upload", 0xe19e),
    USERS("users", 0xe1a4),
    WIFI_OFF("wifi-off", 0xe1af),
    X("x", 0xe1b2),
    ZAP("zap", 0xe1b4),
    ZOOM_IN("zoom-in", 0xe1b6),
    ZOOM_OUT("zoom-out", 0xe1b7);

    private final String description;
    private final int code;

    Lucide(String description, int code) {
        this.description = description;
        this.code = code;
    }

    @Override
    public String getDescription() {
        return LucideHandler.PREFIX + description;
    }

    @Override
    public int getCode() {
        return code;
    }
}
