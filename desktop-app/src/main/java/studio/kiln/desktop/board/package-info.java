/** The board: every task, live. */
@NullMarked
package studio.kiln.desktop.board;

import org.jspecify.annotations.NullMarked;
