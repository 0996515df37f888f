"""The calls about files: deliveries, and uploads on their way to be one."""

from typing import Final

from infra.http import deliveries, upload_form, uploads
from infra.http.route import ACCEPTED, DECIDED, DELIVERED, FEEDS, MONTH_READERS, ROWS, UPLOADED, Route

DELIVERIES: Final = (
    Route(
        "GET",
        "/api/v1/deliveries",
        deliveries.list_deliveries,
        MONTH_READERS,
        "Files that were delivered, and what came of each; a feed sees its own",
        query=deliveries.DeliveryQuery,
    ),
    Route(
        "POST",
        "/api/v1/deliveries/begun",
        deliveries.record_begun,
        FEEDS,
        "Say that a file is about to be sent, message by message",
        body=deliveries.BegunAt,
        answered=DELIVERED,
    ),
    Route(
        "POST",
        "/api/v1/deliveries/taken",
        deliveries.record_taken,
        FEEDS,
        "Say that all of the file was sent, and what came of it",
        body=deliveries.TakenAt,
        answered=DELIVERED,
    ),
    Route(
        "POST",
        "/api/v1/uploads",
        uploads.post_upload,
        FEEDS,
        "Send a table, and see what would come of it; nothing is recorded yet",
        body=upload_form.UploadWanted,
        answered=UPLOADED,
    ),
    Route("GET", "/api/v1/uploads/{upload_id}", uploads.show_upload, FEEDS, "One upload, and how far it is"),
    Route(
        "POST",
        "/api/v1/uploads/{upload_id}/accept",
        uploads.accept_upload,
        FEEDS,
        "Take the file in",
        answered=ACCEPTED,
    ),
    Route(
        "POST",
        "/api/v1/uploads/{upload_id}/reject",
        uploads.reject_upload,
        FEEDS,
        "Do not take the file in; it is removed",
        answered=DECIDED,
    ),
    Route(
        "GET",
        "/api/v1/uploads/{upload_id}/rejected.csv",
        uploads.rejected_rows,
        FEEDS,
        "The rejected rows as the file had them, with line and reason (XLSX where the file was a workbook)",
        answered=ROWS,
    ),
)
