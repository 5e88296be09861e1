/* event_catalogue.c - the built-in event types, one class a line, in the notation of event_notation.h.
 *
 * Facts from pryv-data-types 1.1.1 (https://github.com/pryv/data-types), and three density types of the catalogue before it.
 * Copyright (c) 2020-2026 Pryv, BSD-3-Clause; the notice is in docs/notices.md.
 */
#include "event_notation.h"

const char *const event_catalogue[] = {
    "absorbed-dose-equivalent: sv",
    "absorbed-dose-rate: gy-s",
    "absorbed-dose: gy",
    "activity: plain = null",
    "angle: deg; grad; rad",
    "angular-acceleration: rad-s2",
    "angular-speed: rad-s",
    "area: ac; ft2; ha; in2; km2; m2; mi2; mm2; yd2",
    "attributes: biological-sex = 'notSet'|'female'|'male'|'other'; blood-type = 'notSet'|'aPositive'|'bPositive'|"
    "'oPositive'|'abPositive'|'aNegative'|'bNegative'|'abNegative'|'oNegative'; skin-type = 'notSet'|'Pale white "
    "skin'|'White skin'|'White to light brown skin'|'Beige-olive skin'|'Brown skin'|'Dark brown to black skin'",
    "audio: attached = null; url = text ~^(https?)://.+$~",
    "audiogram: data = {sensitivityPoints:[{frequency!, leftEarSensitivity, rightEarSensitivity}]}",
    "audit-log: pryv-api = {source!:{name!:text, ip:text}, action!:text, query:object}; pryv-api-error = "
    "{source!:{name!:text, ip:text}, action!:text, query:object, id!:text, message!:text}",
    "blood-pressure: mmhg-bpm = {systolic!, diastolic!, rate}",
    "boolean: bool = bool",
    "calendar: ical-event = {uid:text, summary:text, description:text, location:text, rrule:text, organizer:text, "
    "status:text, sequence:integer(0..), dtstart!:text, dtend:text, dateOnly:bool}",
    "call: name = text; skype = text; telephone = text",
    "capacitance: f",
    "catalytic-activity: kat",
    "clinical: fhir = {displayName:text, clinicalType:'allergyRecord'|'immunizationRecord'|'conditionRecord'|"
    "'labResultRecord'|'medicationRecord'|'procedureRecord'|'vitalSignRecord', fhir:{identifier!:text, "
    "resourceType!:'allergyIntolerance'|'condition'|'immunization'|'medicationOrder'|'medicationDispense'|"
    "'medicationStatement'|'observation'|'procedure'}}",
    "concentration: g-dl; g-l; iu-l; mg-dl; mg-l; mmol-l; ug-l",
    "consent: accept-cmc = {capabilityUrl:text, accessName:text, grantedPermissions:[({streamId!:text(1..), "
    "level!:'manage'|'contribute'|'read'|'create-only'|'none', defaultName:text(1..), name:text} ^ "
    "{feature!:text(1..), setting!:'forbidden'})](1..), extra:{chat:bool, systemMessaging:bool}, "
    "grantedAccess:{apiEndpoint!:text}, from:{username!:text, host!:text}}; back-channel-cmc = "
    "{from!:{username!:text, host!:text}, apiEndpoint!:text, remoteChatStreamId:text, remoteCollectorStreamId:text, "
    "appCode:text}; invalidate-link-cmc = {capabilityId!:text(1..), reason:object}; refuse-cmc = "
    "{capabilityUrl!:text, reason:object}; request-cmc = {to!:any, capabilityRequested:bool, "
    "request!:{title!:object, description!:object, consent!:object, permissions!:[({streamId!:text(1..), "
    "level!:'manage'|'contribute'|'read'|'create-only'|'none', defaultName:text(1..), name:text, mandatory:bool} ^ "
    "{feature!:text(1..), setting!:'forbidden', mandatory:bool})](1..), features:{chat:bool, systemMessaging:bool}, "
    "expiresAt, allowUserChoice:bool, accessType:'shared'|'app'}, requesterMeta:{displayName:text, appId:text, "
    "appUrl:text}}; revoke-cmc = {accessId!:text, reason:object}; scope-request-cmc = "
    "{newPermissions!:[({streamId!:text(1..), level!:'manage'|'contribute'|'read'|'create-only'|'none', "
    "defaultName:text(1..), name:text, mandatory:bool} ^ {feature!:text(1..), setting!:'forbidden', "
    "mandatory:bool})](1..), expires, message:object}; scope-update-cmc = {scopeRequestEventId:text, accept:bool, "
    "newPermissions:[({streamId!:text(1..), level!:'manage'|'contribute'|'read'|'create-only'|'none', "
    "defaultName:text(1..), name:text, mandatory:bool} ^ {feature!:text(1..), setting!:'forbidden', "
    "mandatory:bool})](1..), accessId:text, previousPermissions:[{streamId:text, level:text}]}",
    "contact: facebook = {id!:text}; vcard = text",
    "count: generic; steps",
    "credentials: pryv-api-endpoint = text ~^(https?)://.+@.+$~",
    "data-quantity: b; bits; gb; gbits; kb; kbits; mb; mbits; tb",
    "date: iso-8601 = text",
    "density: g-cm3; g-dl; kg-m3; mg-dl; mmol-l",
    "dynamic-viscosity: pa-s",
    "electric-charge-line-density: c-m",
    "electric-charge: c",
    "electric-current: a",
    "electrical-conductivity: s; us",
    "electromotive-force: v",
    "encrypted: aes-256-gcm = {payload!:text, keyRef:text, hint:any}; aes-text-base64 = {payload!:text, keyRef:text, "
    "hint:text}; ecies-aes-256-gcm = {payload!:text, keyRef:text, hint:any}",
    "energy: btu; cal; erg; ev; ftlb; j; kcal; kwh; nm; wh; ws",
    "file: attached = null; attached-multiple = null; url = text ~^(https?)://.+$~",
    "force: dyn; n; pdl",
    "frequency: bpm; brpm; ghz; hz; khz; megahz; millihz; nhz; rpm; thz; uhz",
    "gas-consumption: mlpkgmin",
    "length: a; au; cb; ch; cm; ft; ftm; fur; in; km; lea; ly; m; mi; mil; mm; nmi; p; pica; um; yd",
    "linear-acceleration: m-s2",
    "luminous-intensity: cd",
    "mass: dr; g; gr; kg; l-t; lb; mg; oz; s-t; st; t",
    "message: chat-cmc = {content!:text(1..10240)}; email = {from!:text, to!:text, cc:text, bcc:text, subject:text, "
    "message-id:text, reply-to:text, x-headers:object, body!:text}; facebook = {id!:text, from:{name!:text, "
    "id!:text}, to:{data:[{name!:text, id!:text}]}, message!:text, source:text, properties:text, picture:text, "
    "status-type:text}; twitter = {id!:text, screen-name!:text, text!:text}",
    "mol: lb-mol; mol",
    "money: aed; afn; all; ang; ars; aud; awg; azn; bam; bbd; bgn; bhd; bmd; bnd; bob; brl; bsd; btc; bwp; byr; bzd; "
    "cad; chf; clp; cny; cop; crc; cup; czk; dkk; dop; dzd; eek; egp; eur; fjd; fkp; gbp; ggp; ghc; gip; gtq; gyd; "
    "hkd; hnl; hrk; huf; idr; ils; imp; inr; irr; isk; jep; jmd; jod; jpy; kes; kgs; khr; kpw; krw; kwd; kyd; kzt; "
    "lak; lbp; lkr; lrd; ltl; lvl; mad; mdl; mkd; mnt; mur; mxn; myr; mzn; nad; ngn; nio; nok; npr; nzd; omr; pab; "
    "pen; pgk; php; pkr; pln; pyg; qar; ron; rsd; rub; sar; sbd; scr; sek; sgd; shp; skk; sll; sos; srd; svc; syp; "
    "thb; tnd; trl; try; ttd; tvd; twd; tzs; uah; ugx; usd; uyu; uzs; vef; vnd; xcd; yer; zar; zmk; zwd",
    "mood: emoticon = text; rating = number(0..1)",
    "music: basic = {title:text, artist:text, album:text, track:integer, year:integer, genre:text}; soundcloud = "
    "{id!:integer}",
    "note: html = text(..4194304); txt = text(..4194304); webclip = {url!:text ~^(https?)://.+$~, "
    "content:text(..4194304)}",
    "notification: ack-cmc = {alertEventId!:text(1..), ackId!:text(1..)}; alert-cmc = {level!:'info'|'warning'|"
    "'critical', title!:object, body!:object, code:text, ackRequired:bool, ackId:text}",
    "picture: attached = null; base64 = text; url = text ~^(https?)://.+$~",
    "position: wgs84 = {latitude!, longitude!, altitude, horizontalAccuracy, verticalAccuracy, speed, bearing}",
    "power: btu-min; ftlb-s; hp; kw; w",
    "pressure: at; bar; cmhg; db; inhg; kg-m2; kpa; mmhg; pa; psf; psi",
    "ratio: generic = {value!, relativeTo!}; percent",
    "reproductive-health: menstrual-flow = 'unspecified'|'none'|'light'|'medium'|'heavy'; mucus-quality = 'dry'|"
    "'sticky'|'creamy'|'watery'|'eggWhite'; ovulation = 'negative'|'luteinizingHormoneSurge'|'indeterminate'|"
    "'estrogenSurge'; sexual-activity = 'notSet'|'protectionUsed'|'protectionNotUsed'",
    "shared-secret: item = {keyHash!:text ~^[0-9a-f]{64}$~, title!:text(1..), status!:'pending'|'consumed'|"
    "'discarded', statusHistory!:[{status!:'pending'|'consumed'|'discarded', time!, info:text}](1..), "
    "onConsumed!:{message!:text(1..), returnUrl:text ~^https?://~}, signature:{type!:'secret'|'hmac-sha256', "
    "value:text(1..)}, secret:any}",
    "sleep: analysis = {analysis:'inBed'|'asleep'|'awake'}",
    "speed: ft-m; ft-s; km-h; kt; lpm; m-min; m-s; mph",
    "symptoms: appetite-changes = 'decreased'|'increased'|'noChange'|'unspecified'; severity = 'notPresent'|'mild'|"
    "'moderate'|'severe'|'unspecified'",
    "temperature: c; f; k",
    "time: d; h; min; ms; s; y",
    "url: http = text ~^(https?)://.+$~",
    "video: attached = null; url = text ~^(https?)://.+$~; vimeo = text; youtube = text",
    "volume: bbloil; c; cm3; floz; ft3; galgb; galus; in3; iu; l; m3; ml; pt; qt; tbs; tsp; yd3",
    NULL,
};
