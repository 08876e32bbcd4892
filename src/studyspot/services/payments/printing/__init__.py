"""Papers as people hold them: PDF for a page, plain text for a thermal printer."""

from studyspot.services.payments.printing.pdf import as_pdf as as_pdf
from studyspot.services.payments.printing.thermal import as_text as as_text
