/** What a person can set, and what the keyboard does. */
@NullMarked
package studio.kiln.desktop.settings;

import org.jspecify.annotations.NullMarked;
