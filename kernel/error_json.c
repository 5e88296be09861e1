/* error_json.c - see error_json.h. Inner texts of faults stay here: data is told with a refusal alone. */
#include "error_json.h"

void error_write(struct pryv_json *js, const struct pryv_err *err)
{
    pryv_json_key(js, "error");
    pryv_json_object(js);
    pryv_json_put_text(js, "id", pryv_err_id(err));
    pryv_json_put_text(js, "message", pryv_err_message(err));
    if (err->rc == PRYV_REFUSED && err->data)
        pryv_json_put_value(js, "data", err->data);
    pryv_json_object_end(js);
}
