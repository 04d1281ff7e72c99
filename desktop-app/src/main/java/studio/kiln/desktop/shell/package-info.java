/** The frame around every room: navigation, themes, texts, notices, errors, background work. */
@NullMarked
package studio.kiln.desktop.shell;

import org.jspecify.annotations.NullMarked;
