/* admin.h - the routes below /system/admin/mail: templates, and a mail to try them, for operators with auth.adminAccessKey. */
#ifndef MAIL_ADMIN_H
#define MAIL_ADMIN_H

#include "mail.h"

enum pryv_rc admin_list_templates(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc admin_get_template(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc admin_put_template(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc admin_delete_template(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc admin_send_test(struct pryv_call *call, struct pryv_err *err);

#endif
