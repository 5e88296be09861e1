/* Writes numbers as pryv_number_format does: reads doubles as 8 bytes each, little-endian, from standard input, and
 * writes a line for each. number_property.mjs compares the lines with what JavaScript writes. */
#include <pryv/json.h>
#include <stdio.h>

int main(void)
{
    double number;
    char text[PRYV_NUMBER_SIZE + 1];

    while (fread(&number, sizeof(number), 1, stdin) == 1) {
        size_t len = pryv_number_format(text, number);

        text[len] = '\n';
        fwrite(text, len + 1, 1, stdout);
    }
    return 0;
}
