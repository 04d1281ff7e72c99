/** The page of one task: its pictures, its progress, and how it went. */
@NullMarked
package studio.kiln.desktop.results;

import org.jspecify.annotations.NullMarked;
